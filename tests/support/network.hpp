// A network of a test's own, with addresses that no machine has.
#ifndef BIGHT_TESTS_SUPPORT_NETWORK_HPP
#define BIGHT_TESTS_SUPPORT_NETWORK_HPP

#include <functional>
#include <string>
#include <vector>

namespace support
{

// Runs the body in a child process whose loopback interface has these IPv6 addresses too, and which
// has no other interface. What the child expects in vain fails the test.
//
// Returns false, and has run nothing, where the system gives no network to a test: without user
// namespaces and without being root, or without IPv6.
bool runInOwnNetwork(const std::vector<std::string> &addresses, const std::function<void()> &body);

} // namespace support

#endif
