// A QIODevice as a source.
//
// A device is always read in a separate turn of the loop. For a file, this keeps windows
// responsive. For a sequential device, signals alone are not reliable: they may have been emitted
// before the source was made, or while no read was pending.
#include <bight/qt_source.hpp>
#include <bight/value.h>

#include <QtCore/QObject>
#include <QtCore/QPointer>

#include <new>
#include <utility>

namespace bight
{

namespace
{

constexpr qint64 pieceSize = 65536;

class DeviceSource : public QObject
{
  public:
    DeviceSource(QIODevice *device, std::function<QString()> failure)
        : m_device(device), m_failure(std::move(failure)),
          m_start(device->isSequential() ? 0 : device->pos())
    {
        connect(device, &QIODevice::readyRead, this, &DeviceSource::serve, Qt::QueuedConnection);
        connect(device, &QIODevice::readChannelFinished, this, &DeviceSource::finish);
        connect(device, &QIODevice::aboutToClose, this, &DeviceSource::serveLater);
        connect(device, &QObject::destroyed, this, &DeviceSource::serveLater);
    }
    ~DeviceSource() override
    {
        bight_promise_free(m_promise);
    }
    // Not deleted at once inside its own slot, because Qt uses it after the slot.
    void release()
    {
        bight_promise_free(std::exchange(m_promise, nullptr));
        if (m_serving > 0)
            deleteLater();
        else
            delete this;
    }
    bight_deferred *read()
    {
        bight_promise *promise = nullptr;
        bight_deferred *deferred = bight_deferred_new(&promise);

        if (deferred == nullptr)
            return nullptr;
        bight_promise_free(std::exchange(m_promise, promise));
        serveLater();
        return deferred;
    }
    bight_status rewind()
    {
        if (m_device.isNull() || m_device->isSequential())
            return BIGHT_ERROR_UNSUPPORTED;
        return m_device->seek(m_start) ? BIGHT_OK : BIGHT_ERROR_SYSTEM;
    }
    uint64_t length() const
    {
        if (m_device.isNull() || m_device->isSequential())
            return BIGHT_SOURCE_UNKNOWN;
        return static_cast<uint64_t>(m_device->size() - m_device->pos());
    }

  private:
    void serveLater()
    {
        QMetaObject::invokeMethod(this, &DeviceSource::serve, Qt::QueuedConnection);
    }
    void finish()
    {
        m_finished = true;
        serveLater();
    }
    // The steps may free the source, and this object with it.
    void give(bight_result result)
    {
        bight_promise_complete(std::exchange(m_promise, nullptr), result);
    }
    void giveError(const QString &text, bight_status status)
    {
        give(bight_result_error(bight_error_new(status, "%s", text.toUtf8().constData())));
    }
    void giveEnd()
    {
        QString text = m_failure ? m_failure() : QString();

        if (text.isEmpty())
            give(bight_result_take(nullptr, bight_value_bytes));
        else
            giveError(text, BIGHT_ERROR_SYSTEM);
    }
    void giveClosed()
    {
        if (m_finished)
            giveEnd();
        else
            giveError(QStringLiteral("the device was closed"), BIGHT_ERROR_CLOSED);
    }
    void serve()
    {
        if (m_promise == nullptr || !bight_promise_is_wanted(m_promise))
            return;
        m_serving++; // a step may run a loop and read in it
        serveNow();
        m_serving--;
    }
    void serveNow()
    {
        if (m_device.isNull() || !m_device->isReadable())
            giveClosed();
        else
            readDevice();
    }
    void readDevice()
    {
        QByteArray bytes(pieceSize, Qt::Uninitialized);
        qint64 size = m_device->read(bytes.data(), pieceSize);

        if (size > 0)
            give(bight_result_bytes(
                bight_bytes_new(bytes.constData(), static_cast<std::size_t>(size))));
        else if (m_device->isSequential() ? size < 0 || m_finished : m_device->atEnd())
            giveEnd();
        else if (!m_device->isSequential())
            giveError(m_device->errorString(), BIGHT_ERROR_SYSTEM);
    }

    QPointer<QIODevice> m_device;
    std::function<QString()> m_failure;
    qint64 m_start;
    bight_promise *m_promise = nullptr; // of the pending read
    bool m_finished = false;
    int m_serving = 0; // levels on the stack
};

constexpr bight_source_ops deviceOps = {
    sizeof(bight_source_ops),
    "device",
    [](void *data) { return static_cast<DeviceSource *>(data)->read(); },
    [](void *data) { static_cast<DeviceSource *>(data)->release(); },
    [](void *data) { return static_cast<DeviceSource *>(data)->rewind(); },
    [](void *data) { return static_cast<DeviceSource *>(data)->length(); },
    nullptr,
    nullptr,
};

} // namespace

bight_source *toSource(bight_reactor *reactor, QIODevice *device, std::function<QString()> failure)
{
    auto *self = new (std::nothrow) DeviceSource(device, std::move(failure));
    bight_source *source = nullptr;

    if (self != nullptr)
        source = bight_source_new(reactor, &deviceOps, self);
    if (source == nullptr)
        delete self;
    return source;
}

} // namespace bight
