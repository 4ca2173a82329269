// One cycle: the traffic begins, goes on for a while, and comes to rest.
#ifndef BIGHT_TESTS_SOAK_CYCLE_HPP
#define BIGHT_TESTS_SOAK_CYCLE_HPP

#include "soak/world.hpp"

#include <functional>
#include <string>

namespace soak
{

// Runs it on the world's reactor. `busy` is called once in the middle. False when it did not come
// to rest: there is no point in going on then. Folder: for UNIX sockets.
bool runCycle(World &world, uint64_t duration, const std::string &folder,
              const std::function<void()> &busy);

} // namespace soak

#endif
