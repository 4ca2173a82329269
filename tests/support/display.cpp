#include "support/display.hpp"

#include "support/paths.hpp"

#include <stdexcept>
#include <sys/stat.h>

namespace support
{

bool Display::available()
{
    return inPath("Xvfb");
}

// Xvfb chooses a free number itself and prints it once clients can connect.
Display::Display(const std::string &size)
    : server_(
          {"Xvfb", "-displayfd", "1", "-screen", "0", size + "x24", "-nolisten", "tcp", "-noreset"})
{
    auto number = server_.waitForLine("");

    if (!number)
        throw std::runtime_error("Xvfb does not come up: " + server_.errors());
    name_ = ":" + *number;
    chmod(home_.path().c_str(), 0700);
}

std::vector<std::string> Display::environment() const
{
    return {"DISPLAY=" + name_,
            "WAYLAND_DISPLAY=",
            "XAUTHORITY=",
            "GDK_BACKEND=x11",
            "GSK_RENDERER=cairo",
            "GTK_A11Y=none",
            "QT_QPA_PLATFORM=xcb",
            "LIBGL_ALWAYS_SOFTWARE=1",
            "DBUS_SESSION_BUS_ADDRESS=disabled:",
            "GSETTINGS_BACKEND=memory",
            "HOME=" + home_.path(),
            "XDG_RUNTIME_DIR=" + home_.path(),
            "XDG_CONFIG_HOME=" + home_.file("config"),
            "XDG_DATA_HOME=" + home_.file("data"),
            "XDG_CACHE_HOME=" + home_.file("cache")};
}

} // namespace support
