// Where the tests find the sources and the programs that were built.
#ifndef BIGHT_TESTS_SUPPORT_PATHS_HPP
#define BIGHT_TESTS_SUPPORT_PATHS_HPP

#include <string>
#include <string_view>

namespace support
{

// A file of the source tree, by its path from the top: "docs/examples/gtk.c".
std::string source(std::string_view path);

// A program of this build, by its name: "bight".
std::string program(std::string_view name);

// The path of a program that the tests run as a peer: one that ./run has unpacked under
// build/peers, or one of the system, in PATH or where servers are. Empty when there is none.
std::string peerProgram(std::string_view name);

// Whether a program of the system is in PATH: for tests with real peers, which are skipped else.
bool inPath(std::string_view name);

} // namespace support

#endif
