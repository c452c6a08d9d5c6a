# One static library for each layer, so that the linker enforces their order.

# wrench_serverless_glob(<variable> <folder>): the .cpp files of a folder; there may be none.
function(wrench_serverless_glob variable folder)
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*.cpp")
  set(${variable} ${sources} PARENT_SCOPE)
endfunction()

# wrench_serverless_add_layer(<name> [DEPENDS <target>...])
function(wrench_serverless_add_layer name)
  cmake_parse_arguments(layer "" "" "DEPENDS" ${ARGN})
  wrench_serverless_glob(sources cpp/${name})
  set(target wrench_serverless_${name})
  set(scope PUBLIC)
  if(sources)
    add_library(${target} STATIC ${sources})
    wrench_serverless_warnings(${target})
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_compile_features(${target} ${scope} cxx_std_20)
  target_include_directories(${target} ${scope} $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/cpp/include>
                             $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/cpp> $<INSTALL_INTERFACE:include>)
  target_link_libraries(${target} ${scope} ${layer_DEPENDS})
endfunction()
