#include "support/wait.hpp"

#include <thread>

namespace support
{

bool waitUntil(const std::function<bool()> &condition, std::chrono::milliseconds timeout,
               const std::function<void()> &step)
{
    auto deadline = std::chrono::steady_clock::now() + timeout;

    while (!condition()) {
        if (std::chrono::steady_clock::now() >= deadline)
            return false;
        if (step)
            step();
        else
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

} // namespace support
