export SITE="{{ site_url }}"
export KEY="icx_..."
