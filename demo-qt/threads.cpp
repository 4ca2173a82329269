#include "threads.h"

#include <QtCore/QDir>

namespace chat
{
namespace
{

constexpr int interval = 50; // milliseconds
constexpr int enough = 10;

} // namespace

int countThreads()
{
    return static_cast<int>(QDir(QStringLiteral("/proc/self/task"))
                                .entryList(QDir::Dirs | QDir::NoDotAndDotDot)
                                .size());
}

ThreadSettling::ThreadSettling(QObject *parent) : QObject(parent)
{
    connect(&m_timer, &QTimer::timeout, this, &ThreadSettling::look);
    m_timer.start(interval);
}

void ThreadSettling::look()
{
    const int count = countThreads();

    m_same = count == m_last ? m_same + 1 : 0;
    m_last = count;
    if (m_same < enough)
        return;
    m_timer.stop();
    emit settled();
}

} // namespace chat
