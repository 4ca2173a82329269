/** @file bight/qt_source.hpp
 * Sources (bight/source.h) as devices of Qt, and back: what a Qt program reads from a QIODevice may
 * come from Bight, and what it has as one is sent by Bight.
 *
 *     auto *page = new bight::SourceDevice(source, this);
 *     connect(page, &QIODevice::readyRead, this, [=] { parse(page->readAll()); });
 *     connect(page, &QIODevice::readChannelFinished, this, &Window::done);
 *     connect(page, &bight::SourceDevice::failed, this, &Window::showFailure);
 *
 *     QFile file("photo.jpeg");
 *     bight_source *photo = bight::toSource(reactor, &file);
 *
 * A program needs no moc for any of this. All of it belongs to the thread of the reactor, whose Qt
 * event loop must run.
 */
#ifndef BIGHT_QT_SOURCE_HPP
#define BIGHT_QT_SOURCE_HPP

#include <bight/api.h>
#include <bight/error.h>
#include <bight/reactor.h>
#include <bight/source.h>
#include <bight/status.h>

#include <QtCore/QIODevice>
#include <QtCore/QString>

#include <deque>
#include <functional>

namespace bight
{

/**
 * A source as a device that is read as it comes: sequential, and open from the start.
 *
 * It reads on until readAheadSize() bytes are there that the program has not taken, so that whoever
 * does not read slows the sender. readyRead comes in a turn of the loop, or in the call that brings
 * the bytes, never in a call of this object's. At the end, or when it fails, readChannelFinished
 * comes, after failed.
 */
class BIGHT_API SourceDevice : public QIODevice
{
    Q_OBJECT

  public:
    /**
     * Begin to read a source.
     *
     * @param take_source  consumed; NULL is out of memory, which fails in a later turn
     */
    explicit SourceDevice(bight_source *take_source, QObject *parent = nullptr);
    /** Frees the source; no signal comes. */
    ~SourceDevice() override;
    SourceDevice(const SourceDevice &) = delete;
    SourceDevice &operator=(const SourceDevice &) = delete;

    /** Why it has failed, or nullptr; errorString() is its text. @owner borrowed */
    const bight_error *error() const noexcept
    {
        return m_error;
    }
    /** How many bytes may wait for the program; 64 KiB at first. */
    qint64 readAheadSize() const noexcept
    {
        return m_most;
    }
    /** Set that. @param size a line that is waited for with canReadLine() has to fit; at least 1 */
    void setReadAheadSize(qint64 size);

    /** Always true. */
    bool isSequential() const override;
    /** What can be read now. */
    qint64 bytesAvailable() const override;
    /** Whether a whole line can be read now. */
    bool canReadLine() const override;
    /** Whether nothing more will ever come. */
    bool atEnd() const override;
    /** Frees the source, and drops what was not read. */
    void close() override;

  Q_SIGNALS:
    /** It failed. @param message with those of all causes */
    void failed(const QString &message, bight_status status);

  protected:
    /** For QIODevice. */
    qint64 readData(char *data, qint64 size) override;
    /** For QIODevice: nothing can be written. */
    qint64 writeData(const char *data, qint64 size) override;

  private:
    static bight_result onRead(bight_result in, void *data) noexcept;
    void take(bight_result in);
    void advance();
    void goOnLater();
    void letGo() noexcept;

    bight_source *m_source;
    bight_deferred *m_reading = nullptr;
    std::deque<bight_bytes *> m_pieces;
    std::size_t m_offset = 0; // of the first piece
    qint64 m_size = 0;
    qint64 m_most = 65536;
    bight_error *m_error = nullptr;
    bool m_ended = false;
    bool m_later = false; // advance() is queued
};

/**
 * A source that reads a device, 64 KiB at a time: a file, a buffer, a process, a reply. It can be
 * rewound if the device is random-access, to where the device was when the source was made.
 *
 * @param device   open for reading; not owned. If it is destroyed or closed before its end, the
 * source fails with BIGHT_ERROR_CLOSED. Nobody else reads it while the source lives
 * @param failure  asked when the device gives no more, for not every device says why: a text is the
 *                 error that the source fails with, none is the end. For a QNetworkReply:
 *                 `[reply] { return reply->error() ? reply->errorString() : QString(); }`
 * @errors         NULL when out of memory
 * @owner          the caller
 */
BIGHT_API BIGHT_MUST_USE bight_source *toSource(bight_reactor *reactor, QIODevice *device,
                                                std::function<QString()> failure = {});

} // namespace bight

#endif
