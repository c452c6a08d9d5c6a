# WRENCH_SERVERLESS_SANITIZE, for example "address,undefined". The pinned SimGrid tells AddressSanitizer about its stacks.
set(WRENCH_SERVERLESS_SANITIZE "" CACHE STRING "Sanitizers to compile our code with, separated by commas")
if(WRENCH_SERVERLESS_SANITIZE)
  add_compile_options(-fsanitize=${WRENCH_SERVERLESS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${WRENCH_SERVERLESS_SANITIZE})
endif()
if(WRENCH_SERVERLESS_SANITIZE OR CMAKE_BUILD_TYPE STREQUAL "Debug")
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
endif()
