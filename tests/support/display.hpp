// An X display of the test's own, for programs with windows. Needs Xvfb.
#ifndef BIGHT_TESTS_SUPPORT_DISPLAY_HPP
#define BIGHT_TESTS_SUPPORT_DISPLAY_HPP

#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <string>
#include <vector>

namespace support
{

class Display
{
  public:
    // Whether Xvfb is installed; a test that needs it is skipped else.
    static bool available();

    // Throws std::runtime_error when Xvfb does not come up.
    explicit Display(const std::string &size = "1280x800");

    // ":99"
    const std::string &name() const
    {
        return name_;
    }

    // What a child needs so that its windows appear there, drawn by the processor alone, and so
    // that nothing of the person's own session or settings is used or touched.
    std::vector<std::string> environment() const;

  private:
    TempDir home_;
    Process server_;
    std::string name_;
};

} // namespace support

#endif
