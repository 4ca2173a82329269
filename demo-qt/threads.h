// The number of threads of the program, to show that the network needs none.
#ifndef BIGHT_DEMO_QT_THREADS_H
#define BIGHT_DEMO_QT_THREADS_H

#include <QtCore/QObject>
#include <QtCore/QTimer>

namespace chat
{

int countThreads();

// Waits until the toolkit has started its own threads: until the number of threads has been stable
// for half a second.
class ThreadSettling : public QObject
{
    Q_OBJECT

  public:
    explicit ThreadSettling(QObject *parent = nullptr);

  signals:
    void settled();

  private:
    void look();

    QTimer m_timer;
    int m_last = 0;
    int m_same = 0;
};

} // namespace chat

#endif
