"""The forms that the gallery's pages show."""

from django import forms


class DispatchForm(forms.Form):
    fault = forms.ChoiceField(
        label="问题程度", choices=[("complex", "复杂"), ("urgent", "紧急")], widget=forms.RadioSelect, initial="complex"
    )
    technician = forms.ChoiceField(
        label="派给", choices=[("zhang", "张磊 · 整机组 · 手上 3 件"), ("xu", "徐涛 · 整机组 · 手上 6 件")]
    )
    checked = forms.CharField(
        label="已做过的检查",
        widget=forms.Textarea(attrs={"rows": 3}),
        initial="重置滤芯提示；全开进水阀；压力表 0.15 MPa",
    )


class LoginForm(forms.Form):
    account = forms.CharField(
        label="账号", widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(label="密码", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))


class LimitForm(forms.Form):
    name = forms.CharField(label="名称")
    limit = forms.CharField(label="时限", help_text="例如 30 分钟、2 小时、3 个工作日")
    clock = forms.ChoiceField(
        label="计时方式", choices=[("service", "服务时间"), ("workday", "工作日昼夜"), ("always", "全天候")]
    )
    warn = forms.BooleanField(label="到期前提醒负责人", required=False, initial=True)
