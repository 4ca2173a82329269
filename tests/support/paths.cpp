#include "support/paths.hpp"

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <unistd.h>
#include <vector>

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

std::string peerProgram(std::string_view name)
{
    const char *search = std::getenv("PATH");
    std::istringstream path((search != nullptr ? search : "") + std::string(":/usr/sbin"));
    std::vector<std::string> folders;
    std::error_code none;

    for (const auto &package : std::filesystem::directory_iterator(source("build/peers"), none))
        for (const char *place : {"/usr/sbin", "/usr/bin"})
            folders.push_back(package.path().string() + place);
    for (std::string folder; std::getline(path, folder, ':');)
        folders.push_back(folder);
    for (const std::string &folder : folders)
        if (std::string program = folder + "/" + std::string(name);
            access(program.c_str(), X_OK) == 0)
            return program;
    return "";
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
