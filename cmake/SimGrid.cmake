# SimGrid::simgrid: an installed SimGrid if there is one that will do, else the pinned one, built once into a cache folder.
# Sets SimGrid_PINNED to the folder of the pinned one, if that is used.
set(WRENCH_SERVERLESS_SIMGRID AUTO CACHE STRING "AUTO, INSTALLED or PINNED")
set_property(CACHE WRENCH_SERVERLESS_SIMGRID PROPERTY STRINGS AUTO INSTALLED PINNED)
set(simgrid_version 4.1)

find_package(Python 3.10 REQUIRED COMPONENTS Interpreter)
set_property(DIRECTORY "${PROJECT_SOURCE_DIR}" APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
             cmake/build_simgrid.py cmake/simgrid_pch.hpp)

# wrench_serverless_build_simgrid(<variable> [option...]): the folder of the pinned SimGrid, built if need be.
function(wrench_serverless_build_simgrid variable)
  set(command "${Python_EXECUTABLE}" "${PROJECT_SOURCE_DIR}/cmake/build_simgrid.py" "--cmake=${CMAKE_COMMAND}"
      "--cxx=${CMAKE_CXX_COMPILER}" ${ARGN})
  if(CMAKE_GENERATOR MATCHES "Ninja")
    list(APPEND command "--ninja=${CMAKE_MAKE_PROGRAM}")
  endif()
  execute_process(COMMAND ${command} OUTPUT_VARIABLE folder OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "SimGrid could not be built; the lines above say why.")
  endif()
  set(${variable} "${folder}" PARENT_SCOPE)
endfunction()

if(NOT WRENCH_SERVERLESS_SIMGRID STREQUAL "PINNED" AND NOT DEFINED CACHE{SimGrid_PINNED})
  if(WRENCH_SERVERLESS_SIMGRID STREQUAL "INSTALLED")
    find_package(SimGrid ${simgrid_version} REQUIRED)
  else()
    find_package(SimGrid ${simgrid_version} QUIET)
  endif()
endif()
if(NOT SimGrid_FOUND)
  wrench_serverless_build_simgrid(folder)
  set(SimGrid_PINNED "${folder}" CACHE INTERNAL "The pinned SimGrid that is used")
  unset(SimGrid_INCLUDE_DIR CACHE)
  unset(SimGrid_LIBRARY CACHE)
  unset(SimGrid_BOOST_INCLUDE_DIR CACHE)
  set(SimGrid_ROOT "${folder}")
  find_package(SimGrid ${simgrid_version} EXACT QUIET REQUIRED)
endif()
message(STATUS "SimGrid ${SimGrid_VERSION}: ${SimGrid_LIBRARY}")
