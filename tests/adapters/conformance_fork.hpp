// What tests of a forked child share, on every host.
#ifndef BIGHT_TESTS_ADAPTERS_CONFORMANCE_FORK_HPP
#define BIGHT_TESTS_ADAPTERS_CONFORMANCE_FORK_HPP

#include "adapters/conformance.hpp"

#include <cerrno>
#include <cstdio>
#include <sys/wait.h>
#include <unistd.h>

namespace conformance
{

// What a child does with something that its parent has open.
enum class Deed { Free, Cancel, Rebuild, Turn, FreeReactor };
using Life = std::vector<Deed>;

class Forking : public Conformance
{
  protected:
    void SetUp() override
    {
        Conformance::SetUp();
        if (!host().forks)
            GTEST_SKIP() << "this loop cannot be used in a forked child";
    }

    void TearDown() override
    {
        if (child_ == 0)
            leave(); // an assertion has ended the test in the child
        Conformance::TearDown();
    }

    // Forks; true in the child, which has to end in leave(). It does not outlive a stuck test.
    bool forked()
    {
        std::fflush(nullptr);
        child_ = fork();
        EXPECT_GE(child_, 0);
        if (child_ == 0)
            alarm(60);
        return child_ == 0;
    }
    bool isChild() const
    {
        return child_ == 0;
    }
    [[noreturn]] static void leave()
    {
        std::fflush(nullptr);
        _exit(HasFailure() ? 1 : 0);
    }
    bool rebuild()
    {
        bight_status status = bight_reactor_rebuild(reactor);
        EXPECT_EQ(status, BIGHT_OK) << bight_status_text(status);
        return status == BIGHT_OK;
    }
    // How the child has ended, without a turn of the parent's loop.
    int ending()
    {
        int status = -1;
        while (waitpid(child_, &status, 0) < 0 && errno == EINTR) {
        }
        return status;
    }

    static std::vector<Life> lives()
    {
        using D = Deed;
        return {{},
                {D::Free},
                {D::Cancel, D::Free},
                {D::FreeReactor, D::Free},
                {D::Rebuild, D::Free},
                {D::Rebuild, D::Turn},
                {D::Rebuild, D::Turn, D::Free},
                {D::Rebuild, D::Cancel, D::Turn, D::Free},
                {D::Rebuild, D::FreeReactor, D::Free}};
    }
    // In the child: all of it, then the end.
    [[noreturn]] void live(const Life &life, const std::function<void()> &free,
                           const std::function<void()> &cancel)
    {
        for (Deed each : life) {
            if (each == Deed::Free)
                free();
            else if (each == Deed::Cancel)
                cancel();
            else if (each == Deed::Rebuild)
                rebuild();
            else if (each == Deed::Turn)
                runFor(BIGHT_MSEC(1));
            else
                freeReactor();
        }
        leave();
    }

  private:
    pid_t child_ = -1;
};

} // namespace conformance

#endif
