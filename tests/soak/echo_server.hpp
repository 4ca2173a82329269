// The serving side: it echoes, and does what the head of the stream asks of it besides.
#ifndef BIGHT_TESTS_SOAK_ECHO_SERVER_HPP
#define BIGHT_TESTS_SOAK_ECHO_SERVER_HPP

#include "soak/echo.hpp"

#include <cstdint>
#include <memory>

namespace soak
{

// What every stream begins with; it is echoed as the rest is.
struct Head {
    uint64_t seed;
    uint64_t abortAt; // break off when so many bytes have come; UINT64_MAX for never
    uint64_t stallAt; // read nothing for a while when so many bytes have come
    uint64_t stall;   // nanoseconds
};

// Makes a protocol that frees itself in closed.
bight_protocol *newServer(Echo &echo);

} // namespace soak

#endif
