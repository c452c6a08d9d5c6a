# Warnings for our own code. Headers of others come in as system headers and are left alone.
function(wrench_serverless_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
                         -Wnon-virtual-dtor -Woverloaded-virtual -Wextra-semi)
  if(WRENCH_SERVERLESS_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # False alarms of g++ 12 inside libstdc++, once it has inlined enough.
    target_compile_options(${target} PRIVATE -Wno-restrict -Wno-dangling-pointer -Wno-maybe-uninitialized
                           -Wno-stringop-overflow -Wno-stringop-overread)
  endif()
endfunction()
