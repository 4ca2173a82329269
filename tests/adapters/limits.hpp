// How many descriptors the process may have, changed for the time of a test.
#ifndef BIGHT_TESTS_ADAPTERS_LIMITS_HPP
#define BIGHT_TESTS_ADAPTERS_LIMITS_HPP

#include <algorithm>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace conformance
{

// As `ulimit -n` with that number, or as near as the machine allows.
class DescriptorLimit
{
  public:
    explicit DescriptorLimit(rlim_t wanted)
    {
        getrlimit(RLIMIT_NOFILE, &before_);
        rlimit now = {std::min(wanted, before_.rlim_max), before_.rlim_max};
        setrlimit(RLIMIT_NOFILE, &now);
        granted = now.rlim_cur == wanted;
    }
    ~DescriptorLimit()
    {
        setrlimit(RLIMIT_NOFILE, &before_);
    }
    DescriptorLimit(const DescriptorLimit &) = delete;
    DescriptorLimit &operator=(const DescriptorLimit &) = delete;

    bool granted;

  private:
    rlimit before_;
};

// No descriptor more than those that are open now.
class NoDescriptors
{
  public:
    NoDescriptors() : limit_(next()) {}

  private:
    static rlim_t next()
    {
        int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        close(fd);
        return static_cast<rlim_t>(fd);
    }
    DescriptorLimit limit_;
};

} // namespace conformance

#endif
