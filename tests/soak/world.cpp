#include "soak/world.hpp"

#include <cstdarg>
#include <cstdio>

namespace soak
{

namespace
{

// A fault that strikes once strikes a thousand times: the first ones tell enough.
constexpr uint64_t told_at_most = 20;

} // namespace

void World::wrong(const char *format, ...)
{
    va_list arguments;

    if (++account.wrong > told_at_most)
        return;
    std::fprintf(stderr, "soak %s: ", host);
    va_start(arguments, format);
    std::vfprintf(stderr, format, arguments);
    va_end(arguments);
    std::fputc('\n', stderr);
}

const char *describe(const bight_error *error)
{
    return error != nullptr ? bight_error_get_message(error) : "no error";
}

} // namespace soak
