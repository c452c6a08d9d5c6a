# C++ tests (one program for each layer), examples and benchmarks (one for each file).
enable_testing()

# wrench_serverless_program(<target> <output folder> <source>...)
function(wrench_serverless_program target folder)
  add_executable(${target} ${ARGN})
  target_link_libraries(${target} PRIVATE wrench_serverless_service)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/${folder}")
  wrench_serverless_warnings(${target})
endfunction()

if(WRENCH_SERVERLESS_TESTS)
  if(SimGrid_PINNED)
    set(catch_folder "${SimGrid_PINNED}/catch")
  else()
    wrench_serverless_build_simgrid(folder --catch-only)
    set(catch_folder "${folder}/catch")
  endif()
  add_library(wrench_serverless_catch OBJECT tests/catch_main.cpp)
  target_compile_options(wrench_serverless_catch PRIVATE -O0) # half of the time
  target_include_directories(wrench_serverless_catch SYSTEM PUBLIC "${catch_folder}")
  target_compile_definitions(wrench_serverless_catch PUBLIC WRENCH_SERVERLESS_SOURCE_DIR="${PROJECT_SOURCE_DIR}")

  foreach(layer model policy engine service)
    wrench_serverless_glob(sources tests/${layer})
    if(sources)
      wrench_serverless_program(test_${layer} tests ${sources})
      target_link_libraries(test_${layer} PRIVATE wrench_serverless_catch)
      add_test(NAME ${layer} COMMAND test_${layer} WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
      # All books are added up between any two events.
      set_tests_properties(${layer} PROPERTIES TIMEOUT 600 ENVIRONMENT "WRENCH_SERVERLESS_CHECK=1")
      if(layer MATCHES "engine|service")
        # With AddressSanitizer only: at exit its leak checker walks the stacks of contexts that SimGrid has unmapped, and
        # crashes there. Model and policy are checked for leaks; that closed simulations leave nothing is a Python test.
        set_tests_properties(${layer} PROPERTIES ENVIRONMENT
                             "WRENCH_SERVERLESS_CHECK=1;ASAN_OPTIONS=detect_stack_use_after_return=0:detect_leaks=0")
      endif()
    endif()
  endforeach()
endif()

if(WRENCH_SERVERLESS_EXAMPLES)
  wrench_serverless_glob(sources examples/cpp)
  foreach(source IN LISTS sources)
    cmake_path(GET source STEM name)
    wrench_serverless_program(example_${name} examples ${source})
    set_target_properties(example_${name} PROPERTIES OUTPUT_NAME ${name})
    cmake_path(REPLACE_EXTENSION source .out OUTPUT_VARIABLE expected)
    if(WRENCH_SERVERLESS_TESTS AND EXISTS "${expected}")
      add_test(NAME example_${name} COMMAND ${CMAKE_COMMAND} "-Dprogram=$<TARGET_FILE:example_${name}>"
               "-Dexpected=${expected}" -P "${PROJECT_SOURCE_DIR}/cmake/CompareOutput.cmake"
               WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
      set_tests_properties(example_${name} PROPERTIES TIMEOUT 120)
    endif()
  endforeach()
endif()

if(WRENCH_SERVERLESS_BENCHMARKS)
  wrench_serverless_glob(sources benchmarks)
  foreach(source IN LISTS sources)
    cmake_path(GET source STEM name)
    wrench_serverless_program(benchmark_${name} benchmarks ${source})
    set_target_properties(benchmark_${name} PROPERTIES OUTPUT_NAME ${name})
  endforeach()
endif()
