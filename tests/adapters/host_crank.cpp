// The reactor that is cranked by hand, on virtual time.
#include "adapters/conformance.hpp"

#include <bight/crank.h>

const std::vector<conformance::Host> conformance::hosts = {
    {"crank", bight_crank_reactor_new, nullptr, true, true, true, false},
};
