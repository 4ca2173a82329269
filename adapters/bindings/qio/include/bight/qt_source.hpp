/** @file bight/qt_source.hpp
 * Sources (bight/source.h) as Qt devices, and back. A Qt program can read a source through a
 * QIODevice, and Bight can send a QIODevice that the program has.
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
 * A source as a sequential device, which is open from the start.
 *
 * It reads ahead until readAheadSize() bytes wait for the program, so a program that does not read
 * slows the sender. readyRead is emitted in a turn of the loop, or in the call that delivers the
 * bytes, but never in a call of this object. At the end or after a failure, readChannelFinished is
 * emitted; a failure emits failed first.
 */
class BIGHT_API SourceDevice : public QIODevice
{
    Q_OBJECT

  public:
    /**
     * Start to read a source.
     *
     * @param take_source  consumed; NULL means out of memory, and the device fails in a later turn
     */
    explicit SourceDevice(bight_source *take_source, QObject *parent = nullptr);
    /** Frees the source; no signal is emitted. */
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
    /** Set readAheadSize(). @param size at least 1; a line awaited with canReadLine() must fit */
    void setReadAheadSize(qint64 size);

    /** Always true. */
    bool isSequential() const override;
    /** The number of bytes that can be read now. */
    qint64 bytesAvailable() const override;
    /** Whether a whole line can be read now. */
    bool canReadLine() const override;
    /** Whether nothing more will ever come. */
    bool atEnd() const override;
    /** Frees the source, and drops unread bytes. */
    void close() override;

  Q_SIGNALS:
    /** The source failed. @param message includes the messages of all causes */
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
 * A source that reads a device, 64 KiB at a time: a file, a buffer, a process, a reply. If the
 * device is random-access, the source can be rewound to the position that the device had when the
 * source was made.
 *
 * @param device   open for reading; not owned. If it is destroyed or closed before its end, the
 * source fails with BIGHT_ERROR_CLOSED. Nobody else may read it while the source exists
 * @param failure  called when the device returns no more data, because not every device reports
 *                 why. If it returns a text, the source fails with that text, else the source
 *                 ends. For a QNetworkReply:
 *                 `[reply] { return reply->error() ? reply->errorString() : QString(); }`
 * @errors         NULL when out of memory
 * @owner          the caller
 */
BIGHT_API BIGHT_MUST_USE bight_source *toSource(bight_reactor *reactor, QIODevice *device,
                                                std::function<QString()> failure = {});

} // namespace bight

#endif
