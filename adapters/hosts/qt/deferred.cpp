/* Deferreds with signals, and chains that belong to objects.
 *
 * The steps of a context are dropped when it emits destroyed(). A QWidget does that before it
 * deletes its children, so a reactor among them is freed when no step of the window can run any
 * more. A child that kept the owner would be deleted too late, because children are deleted in the
 * order of their creation. */
#include <bight/qt.hpp>

#include <QtCore/QMetaObject>
#include <QtCore/QPointer>
#include <QtCore/QThread>

#include <new>

namespace
{

// The owner of the chains of an object, a child of it from the first binding on.
class Owner : public QObject
{
  public:
    explicit Owner(QObject *context) : QObject(context)
    {
        bight_owner_init(&owner);
        connect(context, &QObject::destroyed, this, [this] { bight_owner_deinit(&owner); });
    }
    ~Owner() override
    {
        bight_owner_deinit(&owner);
    }

    bight_owner owner;
};

Owner *ownerOf(QObject *context)
{
    for (QObject *child : context->children())
        if (auto *found = dynamic_cast<Owner *>(child))
            return found;
    return new Owner(context);
}

bight_deferred *bindToNobody(bight_deferred *deferred, const char *where)
{
    bight_owner none;

    bight_owner_init(&none);
    bight_deferred_bind_at(deferred, &none, where);
    bight_owner_deinit(&none);
    return deferred;
}

QString textOf(const bight_error *error)
{
    return QString::fromUtf8(bight_error_get_message(error));
}

} // namespace

namespace bight
{

bight_deferred *bindTo(bight_deferred *deferred, QObject *context, const char *where)
{
    if (context->thread() != QThread::currentThread())
        qFatal("bight: misuse in bindTo: the context lives on another thread");
    try {
        return bight_deferred_bind_at(deferred, &ownerOf(context)->owner, where);
    } catch (const std::bad_alloc &) {
        return bindToNobody(deferred, where);
    }
}

QtDeferred::QtDeferred(bight_deferred *take_deferred, QObject *parent, const char *where)
    : QObject(parent), m_deferred(take_deferred)
{
    bight_owner_init(&m_owner);
    bight_deferred_bind_at(m_deferred, &m_owner, where);
    bight_deferred_both_at(m_deferred, complete, this, where);
    m_later = false;
}

QtDeferred::~QtDeferred()
{
    bight_owner_deinit(&m_owner);
    bight_deferred_free(m_deferred);
}

void QtDeferred::cancel()
{
    bight_deferred_cancel(m_deferred);
}

QVariant QtDeferred::value() const
{
    const bight_result &result = m_result.get();

    if (result.error != nullptr)
        return {};
    if (result.destroy == bight_value_int)
        return QVariant::fromValue<qlonglong>(bight_result_get_int(result));
    if (result.destroy == bight_value_string)
        return QString::fromUtf8(bight_result_get_string(result));
    if (result.destroy == bight_value_bytes) {
        bight_view view = bight_bytes_get_view(bight_result_get_bytes(result));
        return QByteArray(reinterpret_cast<const char *>(view.data),
                          static_cast<qsizetype>(view.size));
    }
    return result.value != nullptr ? QVariant::fromValue(result.value) : QVariant();
}

bight_result QtDeferred::complete(bight_result in, void *data)
{
    auto *self = static_cast<QtDeferred *>(data);

    self->m_result = Result(in);
    self->m_finished = true;
    if (self->m_later)
        QMetaObject::invokeMethod(
            self, [self] { self->tell(); }, Qt::QueuedConnection);
    else
        self->tell();
    return bight_result_value(nullptr);
}

void QtDeferred::tell()
{
    QPointer<QtDeferred> self(this);

    if (m_result.worked())
        Q_EMIT succeeded(value());
    else if (bight_error_get_status(m_result.error()) == BIGHT_ERROR_CANCELLED)
        Q_EMIT canceled();
    else
        Q_EMIT failed(textOf(m_result.error()), bight_error_get_status(m_result.error()));
    if (self)
        Q_EMIT finished();
}

} // namespace bight
