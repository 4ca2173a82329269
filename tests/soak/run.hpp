// The whole run on one host: cycle after cycle, measured at rest, judged in the end.
#ifndef BIGHT_TESTS_SOAK_RUN_HPP
#define BIGHT_TESTS_SOAK_RUN_HPP

#include "soak/judge.hpp"
#include "soak/random.hpp"
#include "soak/world.hpp"

#include <cstdio>
#include <string>
#include <vector>

struct cli_host;

namespace soak
{

// A fault that is made on purpose, to see that the run fails of it.
enum class Fault { None, Memory, Descriptor, Thread, Byte };

struct Options {
    const char *host = "native";
    double seconds = 1800;
    double cycle = 0; // seconds; 0 chooses
    unsigned rate = 40;
    uint64_t seed = 0;
    const char *csv = nullptr; // where every sample goes
    Fault fault = Fault::None;
};

class Run
{
  public:
    explicit Run(const Options &options);
    ~Run();
    Run(const Run &) = delete;
    Run &operator=(const Run &) = delete;

    // The exit status: 0 passed, 1 failed, 77 there is no such host here.
    int run();

  private:
    bight_reactor *open();
    World worldOf(bight_reactor *reactor);
    bool runOnce(bight_reactor *reactor);
    void closeReactor(bight_reactor *reactor);
    void take(Moment moment);
    void doHarm();
    double elapsed() const;
    bool isOver() const;
    int report(bool cameToRest);

    Options options_;
    const cli_host *host_;
    Random random_;
    Account account_;
    std::vector<Sample> samples_;
    std::string folder_;
    std::FILE *csv_ = nullptr;
    uint64_t begun_;
    unsigned cycles_ = 0;
    double told_ = 0;
};

} // namespace soak

#endif
