// SIGINT and SIGTERM as a signal of Qt.
#ifndef BIGHT_DEMO_QT_SIGNALS_H
#define BIGHT_DEMO_QT_SIGNALS_H

#include <QtCore/QObject>
#include <bight/watch.h>

namespace chat
{

// One object at most exists at a time.
class Signals : public QObject
{
    Q_OBJECT

  public:
    explicit Signals(bight_reactor *reactor, QObject *parent = nullptr);
    ~Signals() override;

  signals:
    void asked(); // to end

  private:
    int m_reading = -1;
    int m_writing = -1;
    bight_watch *m_watch = nullptr;
};

} // namespace chat

#endif
