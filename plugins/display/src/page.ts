/** The page that shows the picture. It asks for a new one ten times a second, and gets it when there is one. */
export const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>pciem display</title>
<style>
  body { margin: 0; background: #222; color: #bbb; font: 14px/2 sans-serif; text-align: center }
  img { display: block; margin: 0 auto; max-width: 100%; image-rendering: pixelated }
</style>
<img id="picture" alt="">
<div id="state">connecting</div>
<script>
  const picture = document.getElementById('picture');
  const state = document.getElementById('state');
  let tag;
  async function next() {
    try {
      const answer = await fetch('picture.png', tag ? { headers: { 'If-None-Match': tag } } : {});
      if (answer.status === 200) {
        tag = answer.headers.get('ETag');
        const shown = picture.src;
        picture.src = URL.createObjectURL(await answer.blob());
        await picture.decode();
        if (shown) URL.revokeObjectURL(shown);
      }
      const on = answer.headers.get('Display') === 'on';
      const size = tag ? picture.naturalWidth + ' x ' + picture.naturalHeight : 'nothing yet';
      state.textContent = size + (on ? '' : ', the display is off');
    } catch {
      state.textContent = 'the device is gone';
    }
    setTimeout(next, 100);
  }
  next();
</script>
</html>
`;
