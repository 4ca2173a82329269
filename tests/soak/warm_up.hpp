// A reactor keeps blocks for reuse up to a bound: those that wait to be sent, those of posted
// calls, the buffers that nested turns read into. This reaches the bounds at once, which traffic
// would reach in its busiest moment, an hour later.
#ifndef BIGHT_TESTS_SOAK_WARM_UP_HPP
#define BIGHT_TESTS_SOAK_WARM_UP_HPP

#include "soak/world.hpp"

namespace soak
{

// Runs the reactor for a moment.
void warmUp(World &world);

} // namespace soak

#endif
