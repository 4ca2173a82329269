// The handler writes a byte into a pipe, which is all that it may do, and the reactor, which
// watches descriptors anyway, tells of it.
#include "signals.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace chat
{
namespace
{

volatile sig_atomic_t pipeEnd = -1;

extern "C" void onSignal(int)
{
    const int before = errno;

    // A full pipe has said it already.
    if (write(pipeEnd, "", 1) < 0)
        errno = before;
}

void onReadable(bight_watch *watch, unsigned, void *data)
{
    char bytes[16];

    if (read(bight_watch_get_fd(watch), bytes, sizeof bytes) > 0)
        emit static_cast<Signals *>(data)->asked();
}

} // namespace

Signals::Signals(bight_reactor *reactor, QObject *parent) : QObject(parent)
{
    struct sigaction action = {};
    int ends[2];

    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return; // then a signal ends the program at once
    m_reading = ends[0];
    m_writing = ends[1];
    if (bight_watch_new(reactor, m_reading, BIGHT_WATCH_READ, onReadable, this, &m_watch) !=
        BIGHT_OK)
        return;
    pipeEnd = m_writing;
    action.sa_handler = onSignal;
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

Signals::~Signals()
{
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    bight_watch_free(m_watch);
    if (m_reading >= 0)
        close(m_reading);
    if (m_writing >= 0)
        close(m_writing);
}

} // namespace chat
