// The real `bight chaos` between some of the clients and their server, with other faults each time.
#ifndef BIGHT_TESTS_SOAK_PROXY_HPP
#define BIGHT_TESTS_SOAK_PROXY_HPP

#include "adapters/loop.hpp"
#include "soak/echo.hpp"
#include "soak/world.hpp"

#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

namespace soak
{

class Proxy : public Actor
{
  public:
    Proxy(World &world, Echo &echo);
    ~Proxy() override;

    void stop() override;
    bool atRest() const override
    {
        return pid_ < 0;
    }
    const char *name() const override
    {
        return "proxy";
    }

  private:
    std::vector<std::string> drawCommand();
    void start(const std::vector<std::string> &command);
    void read();
    void ended();
    void tellToEnd();

    World &world_;
    Echo &echo_;
    bool lossy_ = false, listens_ = false;
    pid_t pid_ = -1;
    int output_ = -1, process_ = -1;
    std::string text_;
    std::unique_ptr<conformance::Watch> reading_, waiting_;
};

} // namespace soak

#endif
