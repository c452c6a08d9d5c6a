// The error types of the library, the same in C++ and in Python. Every message names what was wrong, with its numbers.
//
// A bad argument is a std::invalid_argument (a ValueError in Python), never one of these.
#pragma once

#include <stdexcept>
#include <string>

namespace wrench_serverless {

// The base of everything that the library throws.
class Error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

#define WRENCH_SERVERLESS_ERROR(name)                                                                                  \
  class name : public Error {                                                                                          \
  public:                                                                                                              \
    using Error::Error;                                                                                                \
  }

WRENCH_SERVERLESS_ERROR(NotSupported);          // this service does not do that (R8)
WRENCH_SERVERLESS_ERROR(NotInSimulation);       // a call that blocks, made outside a controller or a body
WRENCH_SERVERLESS_ERROR(Deadlock);              // nothing can happen any more while somebody waits (R38)
WRENCH_SERVERLESS_ERROR(PlatformError);         // a platform that cannot be read or built, or a part that it lacks
WRENCH_SERVERLESS_ERROR(StorageFull);           // no room for a write, even after eviction (R4, R6)
WRENCH_SERVERLESS_ERROR(FileNotFound);          // no such file in that storage service
WRENCH_SERVERLESS_ERROR(RegistrationRefused);   // no node could ever run the function, or its name is taken (R12)
WRENCH_SERVERLESS_ERROR(FunctionNotRegistered); // an invocation of a function that the provider does not have (R14)
WRENCH_SERVERLESS_ERROR(InvocationRefused);     // the provider can't admit the call now (R14)
WRENCH_SERVERLESS_ERROR(FunctionTimeout);       // the time limit is over (R24): raised in the body
WRENCH_SERVERLESS_ERROR(WaitTimeout);           // a wait took longer than its timeout (R36)
WRENCH_SERVERLESS_ERROR(HostFailure);           // a host went off (R37)
WRENCH_SERVERLESS_ERROR(TransferFailure);       // a transfer was cut short (R21, R38)
WRENCH_SERVERLESS_ERROR(PolicyError);           // a policy raised, or gave an answer that is none

#undef WRENCH_SERVERLESS_ERROR

} // namespace wrench_serverless
