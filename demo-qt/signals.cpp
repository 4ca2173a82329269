#include "signals.h"

#include <csignal>

namespace chat
{
namespace
{

void onSignal(bight_signal *, void *data)
{
    emit static_cast<Signals *>(data)->asked();
}

} // namespace

// Without a watch a signal ends the program at once.
Signals::Signals(bight_reactor *reactor, QObject *parent) : QObject(parent)
{
    const std::array<int, 2> numbers = {SIGINT, SIGTERM};

    for (size_t i = 0; i < numbers.size(); i++) {
        if (bight_signal_new(reactor, numbers[i], onSignal, this, &m_watches[i]) == BIGHT_OK)
            bight_signal_start(m_watches[i]);
    }
}

Signals::~Signals()
{
    for (bight_signal *watch : m_watches)
        bight_signal_free(watch);
}

} // namespace chat
