# For C++ users: find_package(wrench_serverless), then link wrench_serverless::wrench_serverless.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(config_folder "${CMAKE_INSTALL_LIBDIR}/cmake/wrench_serverless")
install(TARGETS wrench_serverless_model wrench_serverless_policy wrench_serverless_engine wrench_serverless_service
        wrench_serverless EXPORT wrench_serverless ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(EXPORT wrench_serverless NAMESPACE wrench_serverless:: DESTINATION "${config_folder}"
        FILE wrench_serverless_targets.cmake)
install(DIRECTORY cpp/include/ DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
if(SimGrid_PINNED)
  # What the cache folder holds may go at any time: take it along.
  install(DIRECTORY "${SimGrid_PINNED}/" DESTINATION "${CMAKE_INSTALL_LIBDIR}/wrench_serverless/simgrid"
          USE_SOURCE_PERMISSIONS PATTERN catch EXCLUDE)
endif()

configure_package_config_file(cmake/wrench_serverless-config.cmake.in wrench_serverless-config.cmake
                              INSTALL_DESTINATION "${config_folder}")
write_basic_package_version_file(wrench_serverless-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/wrench_serverless-config.cmake"
        "${CMAKE_CURRENT_BINARY_DIR}/wrench_serverless-config-version.cmake" cmake/FindSimGrid.cmake
        DESTINATION "${config_folder}")
