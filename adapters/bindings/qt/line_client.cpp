// bight/line_client.h as a QObject. A slot may delete the object, and with it the client, in the
// client's own event. So the code after each signal checks whether the object still exists.
#include <bight/qt_line_client.hpp>

#include <QtCore/QMetaMethod>
#include <QtCore/QPointer>

#include <limits>

namespace bight
{

struct LineClientEvents {
    // The object, which a signal may have deleted.
    using Guarded = QPointer<LineClient>;

    static LineClient *of(void *data)
    {
        return static_cast<LineClient *>(data);
    }
    static QString textOf(const bight_error *error)
    {
        return error != nullptr ? QString::fromUtf8(bight_error_get_message(error)) : QString();
    }
    static bool tellState(const Guarded &self)
    {
        Q_EMIT self->stateChanged(self->state());
        return !self.isNull();
    }
    static void connecting(bight_line_client *, void *data)
    {
        tellState(of(data));
    }
    static void connected(bight_line_client *, void *data)
    {
        Guarded self(of(data));

        if (tellState(self))
            Q_EMIT self->connected();
    }
    // A line is converted only to the forms that have a receiver.
    static void line(bight_line_client *, const uint8_t *bytes, size_t size, void *data)
    {
        static const QMetaMethod asText = QMetaMethod::fromSignal(&LineClient::lineReceived);
        static const QMetaMethod asBytes = QMetaMethod::fromSignal(&LineClient::bytesReceived);
        auto *text = reinterpret_cast<const char *>(bytes);
        auto length = static_cast<qsizetype>(size);
        Guarded self(of(data));
        QByteArray copy; // a slot of the first signal may run a loop that reads more

        if (self->isSignalConnected(asBytes))
            copy = QByteArray(text, length);
        if (self->isSignalConnected(asText))
            Q_EMIT self->lineReceived(QString::fromUtf8(text, length));
        if (self && !copy.isNull())
            Q_EMIT self->bytesReceived(copy);
    }
    static void tooLong(bight_line_client *, const uint8_t *, size_t, void *data)
    {
        Q_EMIT of(data)->lineTooLong();
    }
    static void secured(bight_line_client *, void *data)
    {
        Q_EMIT of(data)->secured();
    }
    static void drained(bight_line_client *, void *data)
    {
        Guarded self(of(data));

        self->setBusy(false);
        if (self)
            Q_EMIT self->drained();
    }
    static void disconnected(bight_line_client *, const bight_error *reason, void *data)
    {
        Guarded self(of(data));

        self->setBusy(false);
        if (self && tellState(self))
            Q_EMIT self->disconnected(textOf(reason));
    }
    static void waiting(bight_line_client *, uint64_t delay, const bight_error *reason, void *data)
    {
        constexpr uint64_t most = std::numeric_limits<int>::max();
        uint64_t milliseconds = delay / BIGHT_MSEC(1);
        Guarded self(of(data));

        if (tellState(self))
            Q_EMIT self->waiting(static_cast<int>(milliseconds < most ? milliseconds : most),
                                 textOf(reason));
    }
    static void failed(bight_line_client *, const bight_error *reason, void *data)
    {
        Guarded self(of(data));

        if (tellState(self))
            Q_EMIT self->failed(textOf(reason), bight_error_get_status(reason));
    }
    static void closed(bight_line_client *, void *data)
    {
        Guarded self(of(data));

        if (tellState(self))
            Q_EMIT self->closed();
    }
    static const bight_line_client_events table;
};

const bight_line_client_events LineClientEvents::table = {sizeof(bight_line_client_events),
                                                          connecting,
                                                          connected,
                                                          line,
                                                          tooLong,
                                                          secured,
                                                          drained,
                                                          disconnected,
                                                          waiting,
                                                          failed,
                                                          closed};

void LineClient::make(bight_reactor *reactor, const bight_line_client_options *options)
{
    bight_status status = bight_line_client_new(reactor, m_endpoint.toUtf8().constData(), options,
                                                &LineClientEvents::table, this, &m_client);

    if (status != BIGHT_OK)
        qWarning("bight::LineClient: %s", bight_status_text(status));
}

LineClient::LineClient(bight_reactor *reactor, const QString &endpoint, QObject *parent)
    : QObject(parent), m_endpoint(endpoint)
{
    make(reactor, nullptr);
}

LineClient::LineClient(bight_reactor *reactor, const QString &endpoint,
                       const bight_line_client_options &options, QObject *parent)
    : QObject(parent), m_endpoint(endpoint)
{
    make(reactor, &options);
}

LineClient::~LineClient()
{
    bight_line_client_free(m_client);
}

LineClient::State LineClient::state() const noexcept
{
    return m_client != nullptr ? static_cast<State>(bight_line_client_get_state(m_client))
                               : Offline;
}

QString LineClient::peer() const
{
    bight_transport *transport =
        m_client != nullptr ? bight_line_client_get_transport(m_client) : nullptr;

    return transport != nullptr ? QString::fromUtf8(bight_transport_get_peer(transport))
                                : QString();
}

bool LineClient::startTls(bight_tls *tls, const QString &host)
{
    QByteArray name = host.toUtf8();

    return m_client != nullptr &&
           bight_line_client_start_tls(m_client, tls, name.constData()) == BIGHT_OK;
}

bool LineClient::open()
{
    if (m_client == nullptr || bight_line_client_open(m_client) != BIGHT_OK)
        return false;
    Q_EMIT stateChanged(state());
    return true;
}

void LineClient::close()
{
    State before = state();

    if (m_client != nullptr)
        bight_line_client_close(m_client);
    if (state() != before)
        Q_EMIT stateChanged(state());
}

bool LineClient::send(const QString &line)
{
    return sendBytes(line.toUtf8());
}

bool LineClient::sendBytes(const QByteArray &line)
{
    auto size = static_cast<size_t>(line.size());
    bight_flow flow = BIGHT_FLOW_GO;

    if (m_client == nullptr ||
        bight_line_client_send(m_client, line.constData(), size, &flow) != BIGHT_OK)
        return false;
    if (flow == BIGHT_FLOW_WAIT)
        setBusy(true);
    return true;
}

void LineClient::setBusy(bool busy)
{
    if (m_busy == busy)
        return;
    m_busy = busy;
    Q_EMIT busyChanged(busy);
}

void LineClient::setPaused(bool paused)
{
    if (m_paused == paused)
        return;
    m_paused = paused;
    if (m_client != nullptr && paused)
        bight_line_client_pause(m_client);
    else if (m_client != nullptr)
        bight_line_client_resume(m_client);
    Q_EMIT pausedChanged(paused);
}

} // namespace bight
