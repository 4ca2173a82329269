#include "entry.h"

#include "theme.h"

#include <QtGui/QKeyEvent>
#include <QtGui/QTextBlock>
#include <QtGui/QTextLayout>

namespace chat
{
namespace
{

constexpr int mostRows = 6;
constexpr int mostSent = 200; // lines of history for each conversation
constexpr int margin = 5;

bool isPlain(const QKeyEvent &event)
{
    return (event.modifiers() & ~(Qt::ShiftModifier | Qt::KeypadModifier)) == 0;
}

// Ctrl and a letter, except those that every editor uses: A, C, V, X, Y, Z.
bool isOfWindow(const QKeyEvent &event)
{
    const int key = event.key();

    return event.modifiers() == Qt::ControlModifier && key >= Qt::Key_B && key <= Qt::Key_W &&
           key != Qt::Key_C && key != Qt::Key_V;
}

} // namespace

Entry::Entry(Chat &chat, QWidget *parent)
    : QPlainTextEdit(parent), m_chat(chat), m_conversation(chat.current()),
      m_completion(bight_irc_completion_new())
{
    if (m_completion == nullptr)
        qFatal("out of memory");
    setObjectName(QStringLiteral("entry"));
    setAccessibleName(tr("Message"));
    setAccessibleDescription(
        tr("Enter sends, Shift+Enter begins a new line, Tab completes, Up recalls"));
    setFrameShape(QFrame::NoFrame);
    setFont(readingFont(font()));
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    document()->setDocumentMargin(margin);
    viewport()->setAutoFillBackground(false);
    connect(this, &QPlainTextEdit::textChanged, this, [this] {
        updateGeometry();
        emit edited();
    });
}

Entry::~Entry() = default;

QSize Entry::sizeHint() const
{
    // QPlainTextEdit measures documents in rows.
    const int rows = qBound(1, qRound(document()->size().height()), mostRows);

    return {100, rows * fontMetrics().lineSpacing() + 2 * margin + 2 * frameWidth()};
}

QSize Entry::minimumSizeHint() const
{
    return {100, fontMetrics().lineSpacing() + 2 * margin + 2 * frameWidth()};
}

void Entry::show(Conversation *conversation)
{
    Typed &typed = conversation->typed;

    if (m_conversation != nullptr && m_conversation->typed.at == m_conversation->typed.sent.size())
        m_conversation->typed.draft = toPlainText();
    m_conversation = conversation;
    typed.at = typed.sent.size();
    replace(typed.draft, static_cast<int>(typed.draft.size()));
    bight_irc_completion_reset(m_completion.get());
    const QString title = m_chat.conversations().titleOf(conversation);
    setPlaceholderText(conversation->kind == Conversation::Kind::Server
                           ? tr("A command, such as /join #channel; /help lists them")
                           : tr("Message %1").arg(title));
    setAccessibleName(tr("Message to %1").arg(title));
}

bool Entry::event(QEvent *event)
{
    auto *key = dynamic_cast<QKeyEvent *>(event);

    // Some shortcuts of the window are also editing keys (Ctrl+K deletes on X11). Here the menus
    // take precedence.
    if (event->type() == QEvent::ShortcutOverride && isOfWindow(*key)) {
        event->ignore();
        return false;
    }
    // Tab is treated like other keys, unless handleKey() does not use it.
    if (event->type() == QEvent::KeyPress) {
        if ((key->key() == Qt::Key_Tab || key->key() == Qt::Key_Backtab) &&
            (key->modifiers() & Qt::ControlModifier) != 0)
            return focusNextPrevChild(key->key() == Qt::Key_Tab);
    }
    return QPlainTextEdit::event(event);
}

void Entry::keyPressEvent(QKeyEvent *event)
{
    if (isPlain(*event) && handleKey(*event))
        event->accept();
    else
        QPlainTextEdit::keyPressEvent(event);
}

// Returns whether the key was handled.
bool Entry::handleKey(const QKeyEvent &event)
{
    const bool shift = (event.modifiers() & Qt::ShiftModifier) != 0;

    switch (event.key()) {
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (shift)
            return false;
        send();
        return true;
    case Qt::Key_Tab:
    case Qt::Key_Backtab:
        complete(shift || event.key() == Qt::Key_Backtab);
        return true;
    case Qt::Key_Up:
        return !shift && isOnEdge(true) && recall(-1);
    case Qt::Key_Down:
        return !shift && isOnEdge(false) && recall(1);
    case Qt::Key_PageUp:
        emit scrolled(-1);
        return true;
    case Qt::Key_PageDown:
        emit scrolled(1);
        return true;
    default:
        return false;
    }
}

// Running the text may show another conversation, which saves this one's text. So the entry is
// emptied first, and restored on failure.
void Entry::send()
{
    const QString text = toPlainText();
    Conversation *here = m_conversation;

    if (text.trimmed().isEmpty() || here == nullptr)
        return;
    const Typed before = here->typed;
    here->typed.sent << text;
    if (here->typed.sent.size() > mostSent)
        here->typed.sent.removeFirst();
    here->typed.at = here->typed.sent.size();
    here->typed.draft.clear();
    clear();
    const QString why = m_chat.enter(text);
    if (why.isEmpty())
        return;
    here->typed = before;
    replace(text, static_cast<int>(text.size()));
    emit failed(why);
}

// If there is no word before the cursor, and none was just completed, Tab moves the focus as
// usual.
void Entry::complete(bool backwards)
{
    const QString text = toPlainText();
    const int cursor = textCursor().position();
    const char *out = nullptr;
    size_t outCursor = 0;

    if (m_conversation != nullptr &&
        bight_irc_completion_next(
            m_completion.get(), m_chat.client().session(),
            m_conversation->name.toUtf8().constData(), text.toUtf8().constData(),
            static_cast<size_t>(text.left(cursor).toUtf8().size()), backwards, &out, &outCursor))
        replace(QString::fromUtf8(out),
                static_cast<int>(QString::fromUtf8(out, static_cast<qsizetype>(outCursor)).size()));
    else if (cursor == 0 || text.at(cursor - 1).isSpace())
        focusNextPrevChild(!backwards);
}

bool Entry::isOnEdge(bool top) const
{
    QTextCursor cursor = textCursor();

    if (cursor.hasSelection())
        return false;
    return !cursor.movePosition(top ? QTextCursor::Up : QTextCursor::Down);
}

// Move in the history; the unfinished text is its last item.
bool Entry::recall(int steps)
{
    if (m_conversation == nullptr)
        return false;
    Typed &typed = m_conversation->typed;
    const qsizetype to = typed.at + steps;

    if (to < 0 || to > typed.sent.size())
        return false;
    if (typed.at == typed.sent.size())
        typed.draft = toPlainText();
    typed.at = to;
    const QString text = to == typed.sent.size() ? typed.draft : typed.sent.at(to);
    replace(text, static_cast<int>(text.size()));
    return true;
}

// Done as an edit, so that it can be undone.
void Entry::replace(const QString &text, int position)
{
    QTextCursor cursor(document());

    cursor.select(QTextCursor::Document);
    cursor.insertText(text);
    cursor.setPosition(position);
    setTextCursor(cursor);
}

} // namespace chat
