// A TCP port for a foreign program that cannot be told "port 0".
#ifndef BIGHT_TESTS_SUPPORT_PORT_HPP
#define BIGHT_TESTS_SUPPORT_PORT_HPP

#include <cstdint>

namespace support
{

// A port on 127.0.0.1 that was free a moment ago. Somebody else may take it before it is used, so
// our own servers listen on port 0 and say which one they got.
std::uint16_t freePort();

} // namespace support

#endif
