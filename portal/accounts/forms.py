from allauth.account import forms
from allauth.account.adapter import get_adapter


class ResetPasswordForm(forms.ResetPasswordForm):
    """Whoever asks gets the same answer, and a mail goes out in either case: neither words nor time tell accounts."""

    def save(self, request, **kwargs):
        if self.users:
            return super().save(request, **kwargs)
        email = self.cleaned_data["email"]
        get_adapter().send_mail("account/email/unknown_account", email, {})
        return email
