#include "style.h"

#include "theme.h"

#include <QtGui/QPainter>
#include <QtWidgets/QAbstractSpinBox>
#include <QtWidgets/QStyleOption>

namespace chat
{
namespace
{

constexpr int barWidth = 12;
constexpr int shortest = 28; // the minimum length of the handle
constexpr int space = 3;     // around it

// The handle of a scroll bar. The groove is the whole bar, because there are no arrows.
QRect handleOf(const QStyleOptionSlider &bar, const QRect &groove)
{
    const bool upright = bar.orientation == Qt::Vertical;
    const int length = upright ? groove.height() : groove.width();
    const int all = bar.maximum - bar.minimum + bar.pageStep;
    const int size = qBound(qMin(shortest, length),
                            static_cast<int>(qint64(length) * bar.pageStep / qMax(all, 1)), length);
    const int at = QStyle::sliderPositionFromValue(bar.minimum, bar.maximum, bar.sliderPosition,
                                                   length - size, bar.upsideDown);

    return upright ? QRect(groove.x(), groove.y() + at, groove.width(), size)
                   : QRect(groove.x() + at, groove.y(), size, groove.height());
}

void drawBar(const QStyleOptionSlider &bar, const QRect &handle, QPainter *painter,
             const QWidget *widget)
{
    const QWidget *owner = widget != nullptr ? widget->parentWidget() : nullptr;
    const QPalette palette = owner != nullptr ? owner->palette() : bar.palette;
    const bool lively = (bar.state & (QStyle::State_Sunken | QStyle::State_MouseOver)) != 0;
    const QColor back = palette.color(QPalette::Base);

    painter->save();
    painter->fillRect(bar.rect, back);
    if (bar.maximum > bar.minimum) {
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(Qt::NoPen);
        painter->setBrush(mixed(palette.color(QPalette::Text), back, lively ? 0.45 : 0.22));
        painter->drawRoundedRect(QRectF(handle).adjusted(space, space, -space, -space),
                                 (barWidth - 2 * space) / 2.0, (barWidth - 2 * space) / 2.0);
    }
    painter->restore();
}

QColor outlineOf(const QStyleOption &option)
{
    const QPalette &palette = option.palette;

    if ((option.state & QStyle::State_HasFocus) != 0)
        return palette.color(QPalette::Highlight);
    const qreal share = (option.state & QStyle::State_Enabled) != 0 ? 0.35 : 0.15;
    return mixed(palette.color(QPalette::Active, QPalette::WindowText),
                 palette.color(QPalette::Window), share);
}

// The frame of a line edit, a button or a check box.
void drawBox(const QStyleOption &option, QPainter *painter, const QColor &fill, qreal radius)
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(outlineOf(option), 1));
    painter->setBrush(fill);
    painter->drawRoundedRect(QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius);
    painter->restore();
}

void drawIndicator(const QStyleOption &option, QPainter *painter, bool round)
{
    const QPalette &palette = option.palette;
    const bool enabled = (option.state & QStyle::State_Enabled) != 0;
    const bool on = (option.state & QStyle::State_On) != 0;
    const QColor fill =
        on && enabled ? palette.color(QPalette::Highlight) : palette.color(QPalette::Base);
    const QRectF box = option.rect;
    const qreal size = box.width();

    drawBox(option, painter, fill, round ? size / 2 : 3);
    if (!on)
        return;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QColor mark = palette.color(enabled ? QPalette::HighlightedText : QPalette::Text);
    if (round) {
        painter->setPen(Qt::NoPen);
        painter->setBrush(mark);
        painter->drawEllipse(box.center(), size * 0.2, size * 0.2);
    } else {
        painter->setPen(QPen(mark, 1.6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter->drawPolyline(QPolygonF({box.topLeft() + QPointF(size * 0.25, size * 0.55),
                                         box.topLeft() + QPointF(size * 0.43, size * 0.72),
                                         box.topLeft() + QPointF(size * 0.76, size * 0.3)}));
    }
    painter->restore();
}

void drawButton(const QStyleOption &option, QPainter *painter)
{
    const QPalette &palette = option.palette;
    const QColor text = palette.color(QPalette::ButtonText);
    const bool pressed = (option.state & (QStyle::State_Sunken | QStyle::State_On)) != 0;
    const bool hovered = (option.state & QStyle::State_MouseOver) != 0;
    QStyleOption frame(option);

    // The default button is outlined like the focused widget.
    const auto *button = qstyleoption_cast<const QStyleOptionButton *>(&option);
    if (button != nullptr && (button->features & QStyleOptionButton::DefaultButton) != 0 &&
        (option.state & QStyle::State_Enabled) != 0)
        frame.state |= QStyle::State_HasFocus;
    drawBox(frame, painter,
            mixed(text, palette.color(QPalette::Button),
                  pressed   ? 0.16
                  : hovered ? 0.07
                            : 0),
            5);
}

} // namespace

Style::Style() : QProxyStyle(QStringLiteral("fusion")) {}

int Style::pixelMetric(PixelMetric metric, const QStyleOption *option, const QWidget *widget) const
{
    return metric == PM_ScrollBarExtent ? barWidth
                                        : QProxyStyle::pixelMetric(metric, option, widget);
}

QRect Style::subControlRect(ComplexControl control, const QStyleOptionComplex *option,
                            SubControl part, const QWidget *widget) const
{
    const auto *bar = qstyleoption_cast<const QStyleOptionSlider *>(option);

    if (control != CC_ScrollBar || bar == nullptr)
        return QProxyStyle::subControlRect(control, option, part, widget);
    const QRect groove = bar->rect;
    const QRect handle = handleOf(*bar, groove);
    const bool upright = bar->orientation == Qt::Vertical;
    switch (part) {
    case SC_ScrollBarGroove:
        return groove;
    case SC_ScrollBarSlider:
        return handle;
    case SC_ScrollBarSubPage:
        return upright ? QRect(groove.topLeft(), QPoint(groove.right(), handle.top() - 1))
                       : QRect(groove.topLeft(), QPoint(handle.left() - 1, groove.bottom()));
    case SC_ScrollBarAddPage:
        return upright ? QRect(QPoint(groove.left(), handle.bottom() + 1), groove.bottomRight())
                       : QRect(QPoint(handle.right() + 1, groove.top()), groove.bottomRight());
    default:
        return {};
    }
}

void Style::drawComplexControl(ComplexControl control, const QStyleOptionComplex *option,
                               QPainter *painter, const QWidget *widget) const
{
    const auto *bar = qstyleoption_cast<const QStyleOptionSlider *>(option);

    if (control == CC_SpinBox)
        drawBox(*option, painter, option->palette.color(QPalette::Base), 5);
    else if (control == CC_ScrollBar && bar != nullptr)
        drawBar(*bar, subControlRect(control, bar, SC_ScrollBarSlider, widget), painter, widget);
    else
        QProxyStyle::drawComplexControl(control, option, painter, widget);
}

void Style::drawPrimitive(PrimitiveElement element, const QStyleOption *option, QPainter *painter,
                          const QWidget *widget) const
{
    switch (element) {
    case PE_FrameLineEdit:
        drawBox(*option, painter, Qt::transparent, 5);
        break;
    case PE_PanelLineEdit:
        // Inside a spin box, the spin box draws the frame.
        if (qobject_cast<const QAbstractSpinBox *>(widget != nullptr ? widget->parent()
                                                                     : nullptr) == nullptr)
            drawBox(*option, painter, option->palette.color(QPalette::Base), 5);
        break;
    case PE_IndicatorCheckBox:
    case PE_IndicatorRadioButton:
        drawIndicator(*option, painter, element == PE_IndicatorRadioButton);
        break;
    case PE_PanelButtonCommand:
        drawButton(*option, painter);
        break;
    default:
        QProxyStyle::drawPrimitive(element, option, painter, widget);
    }
}

int Style::styleHint(StyleHint hint, const QStyleOption *option, const QWidget *widget,
                     QStyleHintReturn *data) const
{
    // A click beside the handle scrolls to that position, and buttons of dialogs have no icons.
    if (hint == SH_ScrollBar_LeftClickAbsolutePosition)
        return 1;
    if (hint == SH_DialogButtonBox_ButtonsHaveIcons)
        return 0;
    return QProxyStyle::styleHint(hint, option, widget, data);
}

} // namespace chat
