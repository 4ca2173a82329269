// A Qt window that repaints every 16 ms while the network sends: by a reactor on Qt's loop, or by
// Qt Network. Without a window, the same event loop with nothing else on it. QT_NO_GLIB=1 chooses
// Qt's own dispatcher.
//
//     gui-qt network=bight port=PORT peers=64 [paint=20] [seconds=3] ...
#include "meter.h"

#include <QtCore/QTimer>
#include <QtGui/QPainter>
#include <QtNetwork/QTcpSocket>
#include <QtWidgets/QApplication>
#include <QtWidgets/QWidget>
#include <array>
#include <bight/qt.h>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

namespace
{

constexpr int frameInterval = 16;

class Canvas : public QWidget
{
  public:
    Canvas()
    {
        setFixedSize(METER_CANVAS_WIDTH, METER_CANVAS_HEIGHT);
        setAttribute(Qt::WA_OpaquePaintEvent);
        startTimer(frameInterval, Qt::PreciseTimer);
    }

  protected:
    void timerEvent(QTimerEvent *) override
    {
        update();
    }
    void paintEvent(QPaintEvent *) override
    {
        meter_frame_begins();
        meter_paint();
        draw();
        meter_frame_ends();
    }

  private:
    void draw()
    {
        QPainter painter(this);
        int step = width() / METER_BARS;

        painter.fillRect(rect(), QColor(25, 25, 51));
        for (int i = 0; i < METER_BARS; i++)
            painter.fillRect(i * step, meter_bar(i, height()), step - 1, 8, QColor(102, 179, 255));
    }
};

// What else stands in the loop: a timer, a zero timer, a queued call and a deferred delete, each
// asked for every 10 ms once the last has run.
class Sources : public QObject
{
  public:
    Sources()
    {
        ask_.setTimerType(Qt::PreciseTimer);
        ask_.callOnTimeout(this, [this] { askAll(); });
        ask_.start(METER_ASKS_EVERY);
    }

  private:
    enum { Timer, ZeroTimer, QueuedCall, DeferredDelete, Count };
    void askAll()
    {
        if (!std::exchange(asked_[Timer], true))
            QTimer::singleShot(1, Qt::PreciseTimer, this, [this] { ran(Timer); });
        if (!std::exchange(asked_[ZeroTimer], true))
            startTimer(0);
        if (!std::exchange(asked_[QueuedCall], true))
            QMetaObject::invokeMethod(
                this, [this] { ran(QueuedCall); }, Qt::QueuedConnection);
        if (!std::exchange(asked_[DeferredDelete], true)) {
            auto *object = new QObject;
            connect(object, &QObject::destroyed, this, [this] { ran(DeferredDelete); });
            object->deleteLater();
        }
    }
    void timerEvent(QTimerEvent *event) override
    {
        killTimer(event->timerId());
        ran(ZeroTimer);
    }
    void ran(unsigned which)
    {
        asked_[which] = false;
        meter_source_ran(which);
    }
    QTimer ask_;
    std::array<bool, Count> asked_ = {};
};

// One connection of Qt Network.
class Connection : public QTcpSocket
{
  public:
    explicit Connection(unsigned port)
    {
        connect(this, &QTcpSocket::readyRead, this, [this] { receive(); });
        connect(this, &QTcpSocket::errorOccurred, this,
                [this] { meter_broken(qPrintable(errorString())); });
        connectToHost("127.0.0.1", static_cast<quint16>(port));
    }

  private:
    void receive()
    {
        QByteArray bytes = readAll();

        meter_received(&sink_, reinterpret_cast<const uint8_t *>(bytes.constData()),
                       static_cast<size_t>(bytes.size()));
    }
    meter_sink sink_ = {};
};

struct Program {
    const meter_settings *settings;
    std::unique_ptr<bight::QtReactor> reactor;
    std::vector<std::unique_ptr<Connection>> connections;
};

void connectPeers(void *data)
{
    auto *self = static_cast<Program *>(data);

    if (self->reactor != nullptr) {
        meter_connect_bight(*self->reactor, self->settings->port, self->settings->peers);
        return;
    }
    for (unsigned i = 0; i < self->settings->peers; i++)
        self->connections.push_back(std::make_unique<Connection>(self->settings->port));
}

void quit(void *)
{
    QCoreApplication::exit(); // quit() would close the window, which is painting
}

bight_budget budgetOf(const meter_settings &settings)
{
    if (settings.budget > 0)
        return BIGHT_BUDGET(static_cast<uint64_t>(settings.budget * 1e6), 0);
    return settings.window ? BIGHT_BUDGET_GUI : BIGHT_BUDGET_UNLIMITED;
}

int run(Program &self)
{
    std::unique_ptr<Canvas> canvas;
    std::unique_ptr<Sources> sources;

    if (std::strcmp(self.settings->network, "bight") == 0)
        self.reactor = std::make_unique<bight::QtReactor>(budgetOf(*self.settings));
    meter_on_ready(connectPeers, quit, &self);
    if (self.settings->window) {
        if (self.reactor != nullptr)
            meter_watch(*self.reactor);
        canvas = std::make_unique<Canvas>();
        canvas->show();
        sources = std::make_unique<Sources>();
    } else {
        meter_ready();
    }
    QCoreApplication::exec();
    self.connections.clear();
    self.reactor.reset();
    return meter_end();
}

} // namespace

int main(int count, char **words)
{
    const meter_settings *settings = meter_begin(count, words);
    std::unique_ptr<QCoreApplication> application;
    Program self = {settings, nullptr, {}};

    count = 1;
    if (settings->window)
        application = std::make_unique<QApplication>(count, words);
    else
        application = std::make_unique<QCoreApplication>(count, words);
    return run(self);
}
