#include "soak/sample.hpp"

#include <cstdio>
#include <cstdlib>
#include <dirent.h>
#include <malloc.h>
#include <unistd.h>

// Of the sanitizers' own heap; nothing else defines it.
extern "C" __attribute__((weak)) size_t __sanitizer_get_current_allocated_bytes(void);

namespace soak
{

namespace
{

const char *const tunables = "GLIBC_TUNABLES";
const char *const no_cache = "glibc.malloc.tcache_count=0";

uint64_t entries(const char *folder)
{
    DIR *stream = opendir(folder);
    uint64_t count = 0;

    if (stream == nullptr)
        return 0;
    while (const dirent *entry = readdir(stream)) {
        if (entry->d_name[0] != '.')
            count++;
    }
    closedir(stream);
    return count;
}

uint64_t residentBytes()
{
    FILE *file = std::fopen("/proc/self/statm", "re");
    unsigned long long all, resident = 0;

    if (file != nullptr && std::fscanf(file, "%llu %llu", &all, &resident) != 2)
        resident = 0;
    if (file != nullptr)
        std::fclose(file);
    return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

uint64_t heapBytes()
{
    if (isSanitized())
        return __sanitizer_get_current_allocated_bytes();
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

} // namespace

void makeHeapExact(char **arguments)
{
    mallopt(M_ARENA_MAX, 1);
    if (isSanitized() || std::getenv(tunables) != nullptr)
        return;
    setenv(tunables, no_cache, 1);
    setenv("G_SLICE", "always-malloc", 1);
    execv("/proc/self/exe", arguments);
    std::perror("soak: /proc/self/exe");
}

bool isSanitized()
{
    return __sanitizer_get_current_allocated_bytes != nullptr;
}

Sample measure(Moment moment, double seconds)
{
    Sample sample = {moment, seconds, 0, 0, 0, 0};

    sample.heap = heapBytes();
    sample.descriptors = entries("/proc/self/fd") - 1; // without the one that lists them
    sample.threads = entries("/proc/self/task");
    if (moment != Moment::Busy)
        malloc_trim(0);
    sample.resident = residentBytes();
    return sample;
}

const char *momentText(Moment moment)
{
    return moment == Moment::Busy ? "busy" : "rest";
}

} // namespace soak
