# The extension wrench_serverless._core, from cpp/bindings.
wrench_serverless_glob(sources cpp/bindings)
if(NOT sources)
  message(STATUS "No bindings: the Python extension is left out")
  return()
endif()

find_package(Python 3.10 REQUIRED COMPONENTS Interpreter Development.Module)
if(NOT pybind11_DIR)
  execute_process(COMMAND "${Python_EXECUTABLE}" -m pybind11 --cmakedir OUTPUT_VARIABLE pybind11_DIR
                  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
endif()
set(PYBIND11_FINDPYTHON ON)
find_package(pybind11 3 CONFIG REQUIRED)

pybind11_add_module(_core MODULE NO_EXTRAS ${sources})
target_link_libraries(_core PRIVATE wrench_serverless_service)
wrench_serverless_warnings(_core)
target_precompile_headers(_core PRIVATE <pybind11/pybind11.h> <pybind11/stl.h>)

if(WRENCH_SERVERLESS_INPLACE)
  # A link, made anew by each build: of several build folders, Python sees the one that was built last.
  add_custom_target(inplace ALL DEPENDS _core COMMAND ${CMAKE_COMMAND} -E create_symlink "$<TARGET_FILE:_core>"
                    "${PROJECT_SOURCE_DIR}/python/wrench_serverless/$<TARGET_FILE_NAME:_core>" VERBATIM)
endif()

if(SKBUILD AND SKBUILD_STATE STREQUAL "editable")
  # An editable install stays on this machine: it uses SimGrid where it is.
  set_target_properties(_core PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
  install(TARGETS _core DESTINATION wrench_serverless COMPONENT python)
elseif(SKBUILD)
  # A wheel carries SimGrid beside the extension, under the name that the loader asks for, with its licence.
  set_target_properties(_core PROPERTIES INSTALL_RPATH "$ORIGIN")
  install(TARGETS _core DESTINATION wrench_serverless COMPONENT python)
  if(SimGrid_PINNED)
    file(REAL_PATH "${SimGrid_LIBRARY}" library)
    install(FILES "${library}" DESTINATION wrench_serverless COMPONENT python)
    install(DIRECTORY "${SimGrid_PINNED}/licenses" DESTINATION wrench_serverless COMPONENT python)
  endif()
endif()
