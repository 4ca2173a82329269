#include "support/temp_dir.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace support
{

TempDir::TempDir()
{
    const char *base = std::getenv("TMPDIR");

    path_ = std::string(base != nullptr ? base : "/tmp") + "/bight-XXXXXX";
    if (mkdtemp(path_.data()) == nullptr)
        throw std::system_error(errno, std::generic_category(), "mkdtemp " + path_);
}

TempDir::~TempDir()
{
    std::error_code ignored;

    std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::file(std::string_view name) const
{
    return path_ + "/" + std::string(name);
}

std::string TempDir::write(std::string_view name, std::string_view content) const
{
    std::string path = file(name);
    std::ofstream stream(path, std::ios::binary);

    stream.write(content.data(), static_cast<std::streamsize>(content.size()));
    stream.close();
    if (!stream)
        throw std::system_error(EIO, std::generic_category(), "write " + path);
    return path;
}

} // namespace support
