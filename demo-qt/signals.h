// SIGINT and SIGTERM as a signal of Qt.
#ifndef BIGHT_DEMO_QT_SIGNALS_H
#define BIGHT_DEMO_QT_SIGNALS_H

#include <QtCore/QObject>
#include <array>
#include <bight/signal.h>

namespace chat
{

class Signals : public QObject
{
    Q_OBJECT

  public:
    explicit Signals(bight_reactor *reactor, QObject *parent = nullptr);
    ~Signals() override;

  signals:
    void asked(); // to end

  private:
    std::array<bight_signal *, 2> m_watches{};
};

} // namespace chat

#endif
