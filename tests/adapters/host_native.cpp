// The reactor on its own: its loop is epoll_wait.
#include "adapters/conformance.hpp"

const std::vector<conformance::Host> conformance::hosts = {
    {"native", bight_reactor_new, nullptr, false, false, true, false},
};
