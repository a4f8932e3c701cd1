export default function Settings() {
  return <section class="settings" tabIndex={-1} />;
}
