# Finds SimGrid and the Boost headers that it needs, and defines SimGrid::simgrid. SimGrid_ROOT says where to look first.
#
# SimGrid ships a module of this name too. Ours is used because that one sets the C++ standard of whoever calls it, and
# because our code needs functions that SimGrid exports without declaring them in its public headers: a SimGrid without
# them (another version, or built with hidden symbols) counts as not found.

find_path(SimGrid_INCLUDE_DIR simgrid/version.h PATHS /opt/simgrid/include)
find_library(SimGrid_LIBRARY simgrid PATHS /opt/simgrid/lib)
find_path(SimGrid_BOOST_INCLUDE_DIR boost/intrusive_ptr.hpp)
mark_as_advanced(SimGrid_INCLUDE_DIR SimGrid_LIBRARY SimGrid_BOOST_INCLUDE_DIR)

if(SimGrid_INCLUDE_DIR)
  set(SimGrid_VERSION "")
  foreach(part MAJOR MINOR PATCH)
    file(STRINGS "${SimGrid_INCLUDE_DIR}/simgrid/version.h" line REGEX "^#define SIMGRID_VERSION_${part} ")
    if(line MATCHES " ([0-9]+)")
      list(APPEND SimGrid_VERSION ${CMAKE_MATCH_1})
    endif()
  endforeach()
  list(JOIN SimGrid_VERSION "." SimGrid_VERSION)
endif()

if(SimGrid_LIBRARY)
  include(CheckCXXSourceCompiles)
  set(CMAKE_REQUIRED_LIBRARIES "${SimGrid_LIBRARY}")
  set(CMAKE_REQUIRED_QUIET ON)
  string(MAKE_C_IDENTIFIER "SimGrid_EXPORTS_${SimGrid_LIBRARY}" exports)
  check_cxx_source_compiles("
    extern double now __asm__(\"_ZN7simgrid6kernel10EngineImpl4now_E\");
    extern void* engine __asm__(\"_ZN7simgrid3s4u6Engine9instance_E\");
    extern void* engine_impl __asm__(\"_ZN7simgrid6kernel10EngineImpl9instance_E\");
    double solve(const void*, double) __asm__(\"_ZNK7simgrid6kernel10EngineImpl5solveEd\");
    void handle(const void*) __asm__(\"_ZNK7simgrid6kernel10EngineImpl20handle_ended_actionsEv\");
    int main() { handle(engine); return static_cast<int>(solve(engine_impl, now)); }" ${exports})
  set(SimGrid_EXPORTS ${${exports}})
  unset(CMAKE_REQUIRED_LIBRARIES)
  unset(CMAKE_REQUIRED_QUIET)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(SimGrid
  REQUIRED_VARS SimGrid_LIBRARY SimGrid_INCLUDE_DIR SimGrid_BOOST_INCLUDE_DIR SimGrid_EXPORTS VERSION_VAR SimGrid_VERSION)

if(SimGrid_FOUND AND NOT TARGET SimGrid::simgrid)
  add_library(SimGrid::simgrid SHARED IMPORTED)
  set_target_properties(SimGrid::simgrid PROPERTIES
    IMPORTED_LOCATION "${SimGrid_LIBRARY}"
    INTERFACE_COMPILE_FEATURES cxx_std_17
    INTERFACE_INCLUDE_DIRECTORIES "${SimGrid_INCLUDE_DIR};${SimGrid_BOOST_INCLUDE_DIR}")
endif()
