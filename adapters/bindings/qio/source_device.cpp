// A source as a QIODevice.
//
// One read of the source is pending at a time. Its step may use the device, because destroying the
// device frees the source, which ends the read. After each piece, the next one is requested in a
// later turn, so that a source that never has to wait does not block the loop.
#include <bight/qt_source.hpp>
#include <bight/value.h>

#include <QtCore/QPointer>

#include <algorithm>
#include <cstring>
#include <utility>

namespace bight
{

SourceDevice::SourceDevice(bight_source *take_source, QObject *parent)
    : QIODevice(parent), m_source(take_source)
{
    QIODevice::open(QIODevice::ReadOnly);
    goOnLater();
}

SourceDevice::~SourceDevice()
{
    letGo();
    bight_error_unref(m_error);
}

void SourceDevice::letGo() noexcept
{
    bight_source *source = std::exchange(m_source, nullptr);

    m_ended = true;
    bight_source_free(source); // ends the pending read
    for (bight_bytes *bytes : m_pieces)
        bight_bytes_unref(bytes);
    m_pieces.clear();
    m_size = 0;
}

void SourceDevice::close()
{
    QIODevice::close();
    letGo();
}

void SourceDevice::setReadAheadSize(qint64 size)
{
    m_most = std::max<qint64>(size, 1);
    goOnLater();
}

// --- Reading the source --------------------------------------------------------------------------

void SourceDevice::goOnLater()
{
    if (m_later || m_ended || m_reading != nullptr || m_size >= m_most)
        return;
    m_later = true;
    QMetaObject::invokeMethod(this, &SourceDevice::advance, Qt::QueuedConnection);
}

void SourceDevice::advance()
{
    bight_deferred *reading;
    bight_result result;

    m_later = false;
    if (m_ended || m_reading != nullptr || m_size >= m_most)
        return;
    reading = bight_source_read(m_source);
    if (bight_deferred_take(reading, &result)) {
        bight_deferred_free(reading);
        take(result);
        return;
    }
    m_reading = reading;
    bight_deferred_listen(reading, onRead, this);
}

bight_result SourceDevice::onRead(bight_result in, void *data) noexcept
{
    auto *self = static_cast<SourceDevice *>(data);

    bight_deferred_free(std::exchange(self->m_reading, nullptr));
    if (self->m_ended) // the source is being freed
        bight_result_free(in);
    else
        self->take(in);
    return bight_result_value(nullptr);
}

// A slot may delete the device, or close it.
void SourceDevice::take(bight_result in)
{
    QPointer<SourceDevice> self(this);

    if (in.error != nullptr) {
        m_error = in.error;
        m_ended = true;
        setErrorString(QString::fromUtf8(bight_error_get_message(m_error)));
        emit failed(errorString(), bight_error_get_status(m_error));
    } else if (in.value == nullptr) {
        m_ended = true;
    } else {
        m_pieces.push_back(bight_result_get_bytes(in));
        m_size += static_cast<qint64>(bight_bytes_get_view(m_pieces.back()).size);
        emit readyRead();
    }
    if (self.isNull() || !isOpen())
        return;
    if (m_ended)
        emit readChannelFinished();
    else
        goOnLater();
}

// --- The device ----------------------------------------------------------------------------------

bool SourceDevice::isSequential() const
{
    return true;
}

qint64 SourceDevice::bytesAvailable() const
{
    return m_size + QIODevice::bytesAvailable();
}

bool SourceDevice::canReadLine() const
{
    std::size_t offset = m_offset;

    for (bight_bytes *bytes : m_pieces) {
        bight_view view = bight_bytes_get_view(bytes);

        if (std::memchr(view.data + offset, '\n', view.size - offset) != nullptr)
            return true;
        offset = 0;
    }
    return QIODevice::canReadLine();
}

bool SourceDevice::atEnd() const
{
    return m_ended && bytesAvailable() == 0;
}

qint64 SourceDevice::readData(char *data, qint64 size)
{
    qint64 done = 0;

    while (done < size && !m_pieces.empty()) {
        bight_view view = bight_bytes_get_view(m_pieces.front());
        std::size_t count =
            std::min<std::size_t>(view.size - m_offset, static_cast<std::size_t>(size - done));

        std::memcpy(data + done, view.data + m_offset, count);
        done += static_cast<qint64>(count);
        m_offset += count;
        if (m_offset < view.size)
            break;
        bight_bytes_unref(m_pieces.front());
        m_pieces.pop_front();
        m_offset = 0;
    }
    m_size -= done;
    goOnLater();
    return done == 0 && m_ended ? -1 : done;
}

qint64 SourceDevice::writeData(const char *, qint64)
{
    return -1;
}

} // namespace bight
