// Small buffers of the system, so that a test that fills them needs few bytes.
#ifndef BIGHT_TESTS_SUPPORT_BUFFERS_HPP
#define BIGHT_TESTS_SUPPORT_BUFFERS_HPP

#include <cstddef>

namespace support
{

// More than a pair of sockets with small buffers takes, and more than pipes and layers do.
constexpr size_t MORE_THAN_BUFFERS = 2 << 20;

// Gives all stream sockets that this process has open buffers of 64 KiB. A system's own defaults
// grow to many megabytes.
void shrinkSocketBuffers();

} // namespace support

#endif
