// The search page: a change of a filter or of the order sends the form.
const form = document.querySelector<HTMLFormElement>("[data-search]");
form?.addEventListener("change", (event) => {
  const control = event.target as HTMLInputElement;
  if (control.name && control.type !== "search") form.requestSubmit();
});
// Empty parts have no place in an address that people pass on.
form?.addEventListener("submit", () => {
  for (const control of form.querySelectorAll<HTMLInputElement>("input[name]")) control.disabled = control.value === "";
  setTimeout(() => {
    for (const control of form.querySelectorAll<HTMLInputElement>("input[name]")) control.disabled = false;
  });
});
