#include "support/paths.hpp"

#include <cstdlib>
#include <sstream>
#include <unistd.h>

namespace support
{

std::string source(std::string_view path)
{
    return std::string(BIGHT_SOURCE_DIR "/") + std::string(path);
}

std::string program(std::string_view name)
{
    return std::string(BIGHT_PROGRAM_DIR "/") + std::string(name);
}

bool inPath(std::string_view name)
{
    const char *path = std::getenv("PATH");
    std::istringstream folders(path != nullptr ? path : "");
    std::string folder;

    while (std::getline(folders, folder, ':'))
        if (access((folder + "/" + std::string(name)).c_str(), X_OK) == 0)
            return true;
    return false;
}

} // namespace support
