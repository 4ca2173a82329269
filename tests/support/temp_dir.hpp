// A directory of its own for a test, gone with everything in it when the test ends.
#ifndef BIGHT_TESTS_SUPPORT_TEMP_DIR_HPP
#define BIGHT_TESTS_SUPPORT_TEMP_DIR_HPP

#include <string>
#include <string_view>

namespace support
{

class TempDir
{
  public:
    // Throws std::system_error when the system does not give one.
    TempDir();
    ~TempDir();
    TempDir(const TempDir &) = delete;
    TempDir &operator=(const TempDir &) = delete;

    const std::string &path() const
    {
        return path_;
    }

    // The path of a name in it. Short enough for a UNIX socket (107 bytes) while the name is.
    std::string file(std::string_view name) const;

    // Writes a file in it and gives its path.
    std::string write(std::string_view name, std::string_view content) const;

  private:
    std::string path_;
};

} // namespace support

#endif
