# cmake -Dprogram=... -Dexpected=... -P CompareOutput.cmake: run a program and compare what it prints with a file.
execute_process(COMMAND "${program}" OUTPUT_VARIABLE output ERROR_VARIABLE errors RESULT_VARIABLE status)
file(READ "${expected}" wanted)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${program} ended with ${status}\n${output}${errors}")
elseif(NOT output STREQUAL wanted)
  message(FATAL_ERROR "${program} does not print what is in ${expected}, but:\n${output}")
endif()
